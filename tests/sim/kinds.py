# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The simulated services that go through the conformance suite: kinds of backends.Backend."""
import cloudflare
import huaweicloud
import route53

KINDS = {
    "sim-cloudflare": cloudflare.Backend,
    "sim-huaweicloud": huaweicloud.Backend,
    "sim-route53": route53.Backend,
}
