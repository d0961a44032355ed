"""Settings of gunicorn; the address to bind is given on its command line."""

from prometheus_client import multiprocess

workers = 2
accesslog = "-"
errorlog = "-"
control_socket_disable = True


def child_exit(_server, worker):
    """Takes the gauges of a worker that has ended out of PROMETHEUS_MULTIPROC_DIR."""
    multiprocess.mark_process_dead(worker.pid)
