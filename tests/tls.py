# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A TLS server on loopback, for what `issued_when: {tls:}` looks at."""
import contextlib
import socket
import ssl
import threading


@contextlib.contextmanager
def tls_server(certificate, key=None):
    """Shows the certificate that lies in the PEM file when somebody connects (its key there too,
    or in a file of its own); its HOST:PORT."""
    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            with contextlib.suppress(OSError), connection:
                connection.settimeout(10)
                with context.wrap_socket(connection, server_side=True) as talk:
                    talk.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
