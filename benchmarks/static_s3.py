"""nginx as the raw bucket: S3's GET for files on disk, far faster than a worker can ask (moto would be the bottleneck)."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """
worker_processes 1;
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  open_file_cache max=20000 inactive=600s;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextmanager
def static_s3(root: Path, directory: Path) -> Iterator[str]:
    """Serves `root/<bucket>/<key>`; gives the endpoint."""
    program = shutil.which("nginx")
    if program is None:
        raise SystemExit("the benchmark needs nginx (Debian: apt-get install nginx-light)")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    configuration = directory / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(directory=directory, port=port, root=root))
    server = subprocess.Popen([program, "-c", str(configuration), "-e", str(directory / "start.log")])
    os.sched_setaffinity(server.pid, {1})  # the measured worker has core 0 for itself
    try:
        for _ in range(100):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
