# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""aws4_botocore.py KEY-ID SECRET REGION SERVICE: what botocore has as Authorization of each request on
standard input, one a line, in JSON as hostile.py makes them. The path is taken as it is sent, the
query for what it means."""
import datetime
import json
import sys

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ID, SECRET, REGION, SERVICE = sys.argv[1:]


def authorization(one):
    signer = SigV4Auth(Credentials(ID, SECRET, one["token"] or None), SERVICE, REGION)
    request = AWSRequest(one["method"], f"https://{one['host']}{one['target'].partition('?')[0]}",
                         dict(one["headers"], host=one["host"]), one["body"].encode(),
                         [tuple(pair) for pair in one["query"]])
    request.context["timestamp"] = datetime.datetime.fromtimestamp(
        one["now"], datetime.timezone.utc).strftime(SIGV4_TIMESTAMP)
    signer._modify_request_before_signing(request)  # pylint: disable=protected-access
    text = signer.string_to_sign(request, signer.canonical_request(request))
    # pylint: disable-next=protected-access
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return request.headers["Authorization"]


for line in sys.stdin:
    print(authorization(json.loads(line)))
