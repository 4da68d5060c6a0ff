"""The portal's worker, with less patience, so that a test need not wait as long."""

from common import web_worker

web_worker.HEAD_SECONDS = 3.0
web_worker.QUIET_SECONDS = 2.0

WebWorker = web_worker.WebWorker
