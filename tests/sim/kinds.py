# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The simulated services that go through the conformance suite: kinds of backends.Backend."""
import huaweicloud

KINDS = {
    "sim-huaweicloud": huaweicloud.Backend,
}
