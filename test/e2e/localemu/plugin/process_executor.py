"""Runs functions as processes of this machine's Node. LocalEmu itself needs Docker for that."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from localemu import config
from localemu.services.lambda_.invocation.lambda_models import InvocationResult
from localemu.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localemu.services.lambda_.invocation.runtime_executor import RuntimeExecutor

RUNTIME = Path(__file__).with_name("runtime.cjs")

# What a function gets of the emulator's own environment, beside what it is deployed with.
INHERITED = (
    "ANTHROPIC_BASE_URL",
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
    "NODE_EXTRA_CA_CERTS",
    "PATH",
)


class ProcessExecutor(RuntimeExecutor):
    """One execution environment: a process that is asked one thing at a time."""

    def start(self, env_vars):
        deployed = {name: str(value) for name, value in env_vars.items()}
        inherited = {name: os.environ[name] for name in INHERITED}
        # LocalEmu's own value has no TLS, and its time zone is one that Node does not know.
        own = {"AWS_ENDPOINT_URL": f"https://{config.GATEWAY_LISTEN[0]}", "TZ": "UTC"}
        code = self.function_version.config.code.get_unzipped_code_location()
        self.process = subprocess.Popen(
            ["node", RUNTIME, code, deployed["_HANDLER"]],
            env=deployed | inherited | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self):
        self.process.kill()
        self.process.wait()

    def invoke(self, payload, function_timeout=None):
        request = {
            "id": payload["invoke-id"],
            "arn": payload["invoked-function-arn"],
            "event": json.loads(payload["payload"]),
            "deadline": (time.time() + function_timeout) * 1000,
        }
        timeout = threading.Timer(function_timeout, self.process.kill)
        timeout.start()
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            answer = json.loads(self.process.stdout.readline())
        finally:
            timeout.cancel()
        return InvocationResult(
            request_id=request["id"],
            payload=json.dumps(answer["payload"]).encode(),
            is_error=answer["failed"],
            logs="",
        )

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass

    def get_logs(self):
        return ""

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return ""


class ProcessPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessExecutor
