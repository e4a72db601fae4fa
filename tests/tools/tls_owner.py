"""An HTTPS owner for tests: tls_owner.py DIR CERT KEY

Listens on a free loopback port, writes it to DIR/port, answers each POST with 200 "ok" and
counts them in DIR/posts.  Ends by itself after ten minutes.
"""
import http.server
import os
import signal
import ssl
import sys

where, cert, key = sys.argv[1:]
signal.alarm(600)


class Owner(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(where + "/posts", "a") as f:
            f.write("POST\n")
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
# Who does not trust the certificate hangs up: nothing to report.
http.server.ThreadingHTTPServer.handle_error = lambda *_: None
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Owner)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(where + "/port.tmp", "w") as f:
    f.write(str(server.server_address[1]) + "\n")
os.rename(where + "/port.tmp", where + "/port")
server.serve_forever()
