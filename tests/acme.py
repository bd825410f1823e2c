# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""As little of an ACME client (RFC 8555) as is needed to have a CA look at dns-01 challenges."""
import base64
import hashlib
import json
import time
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from report import Failure

LIMIT_S = 90


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Client:
    """One account with a key of its own at a CA (pebble.Pebble)."""

    def __init__(self, ca):
        self.trust, self.key, self.account = ca.trust(), ec.generate_private_key(ec.SECP256R1()), None
        numbers = self.key.public_key().public_numbers()
        self.jwk = {"crv": "P-256", "kty": "EC", "x": b64(numbers.x.to_bytes(32, "big")),
                    "y": b64(numbers.y.to_bytes(32, "big"))}
        self.thumbprint = b64(hashlib.sha256(json.dumps(
            self.jwk, separators=(",", ":"), sort_keys=True).encode()).digest())
        self.directory = json.loads(self.open(ca.url)[0])
        made = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True})
        self.account = made[1]["Location"]

    def open(self, url, data=None):
        request = urllib.request.Request(url, data, {"Content-Type": "application/jose+json"})
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:
                return answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            raise Failure(f"{url}: {error.code} {error.read().decode()}") from None

    def post(self, url, payload):
        """payload: None is POST-as-GET. The document and the headers."""
        nonce = self.open(self.directory["newNonce"])[1]["Replay-Nonce"]
        who = {"kid": self.account} if self.account else {"jwk": self.jwk}
        head = b64(json.dumps({"alg": "ES256", "nonce": nonce, "url": url, **who}).encode())
        body = b64(json.dumps(payload).encode()) if payload is not None else ""
        signature = decode_dss_signature(self.key.sign(f"{head}.{body}".encode(),
                                                       ec.ECDSA(hashes.SHA256())))
        raw, headers = self.open(url, json.dumps({
            "protected": head, "payload": body,
            "signature": b64(b"".join(n.to_bytes(32, "big") for n in signature))}).encode())
        return json.loads(raw) if raw.startswith(b"{") else raw, headers

    def order(self, names):
        """A new order: an object with the dns-01 challenge of each authorization."""
        document, headers = self.post(self.directory["newOrder"], {
            "identifiers": [{"type": "dns", "value": name} for name in names]})
        return Order(self, headers["Location"], document, names)


class Order:
    """`values`: what each TXT record must hold, by the name without `*.`, a list of pairs.
    `chain`: what was issued."""

    def __init__(self, client, url, document, names):
        self.client, self.url, self.names, self.chain = client, url, names, None
        self.finalize, self.challenges, self.values = document["finalize"], [], []
        for url_ in document["authorizations"]:
            authz = client.post(url_, None)[0]
            challenge = next(c for c in authz["challenges"] if c["type"] == "dns-01")
            self.challenges.append((challenge["url"], url_))
            proof = f"{challenge['token']}.{client.thumbprint}".encode()
            self.values.append((authz["identifier"]["value"], b64(hashlib.sha256(proof).digest())))

    def submit(self):
        for challenge, _ in self.challenges:
            self.client.post(challenge, {})

    def outcome(self):
        """None: issued. Else what the CA says."""
        end, why = time.monotonic() + LIMIT_S, ""
        while time.monotonic() < end:
            authzs = [self.client.post(url, None)[0] for _, url in self.challenges]
            errors = [c["error"]["detail"] for authz in authzs for c in authz["challenges"]
                      if c.get("error")]
            why = "; ".join(errors)
            if any(authz["status"] == "invalid" for authz in authzs):
                return why or "invalid"
            if all(authz["status"] == "valid" for authz in authzs):
                return self.issue()
            time.sleep(0.1)
        return f"no end after {LIMIT_S} s {why}"

    def issue(self):
        key = ec.generate_private_key(ec.SECP256R1())
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in self.names]), False
        ).sign(key, hashes.SHA256())
        self.client.post(self.finalize, {
            "csr": b64(csr.public_bytes(serialization.Encoding.DER))})
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            document = self.client.post(self.url, None)[0]
            if document["status"] == "valid":
                self.chain = self.client.post(document["certificate"], None)[0]
                return None if b"BEGIN CERTIFICATE" in self.chain else f"not one: {self.chain}"
            time.sleep(0.1)
        return f"not issued after {LIMIT_S} s: {document}"
