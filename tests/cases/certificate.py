# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Makes certificates with the openssl program, with any names, issuer, time and SCT."""
import datetime
import pathlib
import subprocess
import tempfile

CONFIG = """\
[ca]
default_ca = here
[here]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = leaf
[any]
organizationName = optional
commonName = optional
[leaf]
{extensions}
[req]
distinguished_name = name
[name]
"""
SCT_OID = "1.3.6.1.4.1.11129.2.4.2"  # RFC 6962 section 3.3


def make(where, names, issuer, begins, seen):
    """The PEM of a leaf certificate with the CA's behind it, and that of its key."""
    lines = ["subjectAltName = " + ", ".join(f"DNS:{name}" for name in names)]
    if seen:
        lines.append(f"{SCT_OID} = DER:{sct_list(seen).hex()}")
    with tempfile.TemporaryDirectory(dir=where) as text:
        here = pathlib.Path(text)
        (here / "conf").write_text(CONFIG.format(extensions="\n".join(lines)))
        (here / "index").touch()
        (here / "serial").write_text(f"{int(begins.timestamp()):08X}\n")
        openssl(here, "req", "-x509", "-config", "conf", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key", "-out", "ca", "-subj",
                f"/O={issuer}/CN={issuer} Test CA", "-days", "3650")
        openssl(here, "req", "-new", "-config", "conf", "-key", "key", "-out", "csr", "-subj",
                f"/CN={names[0]}")
        ends = begins + datetime.timedelta(days=90)
        openssl(here, "ca", "-config", "conf", "-batch", "-notext", "-in", "csr", "-cert", "ca",
                "-keyfile", "key", "-out", "leaf", "-startdate", f"{begins:%Y%m%d%H%M%SZ}",
                "-enddate", f"{ends:%Y%m%d%H%M%SZ}")
        return (here / "leaf").read_text() + (here / "ca").read_text(), (here / "key").read_text()


def sct_list(seen):
    """The value of the extension: a list of one SCT, whose signature nobody can check."""
    sct = (b"\0" + 32 * b"\1" + int(seen.timestamp() * 1000).to_bytes(8, "big") + b"\0\0" +
           b"\4\3" + b"\0\4" + b"sign")
    each = len(sct).to_bytes(2, "big") + sct
    whole = len(each).to_bytes(2, "big") + each
    return b"\4" + bytes([len(whole)]) + whole


def openssl(here, *args):
    subprocess.run(["openssl", *args], cwd=here, check=True, capture_output=True)
