"""`nim-backend aws deploy` and `aws destroy`: what they do, step by step.

The table and the pool come first, by the steps of `aws create`, and stay outside the stack, so that
nothing that happens to the stack affects the games. Every step looks at what exists: a second run
updates it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import PATIENT, Aws, as_unavailable, is_amazons
from backend.config.saved import read_saved, write_saved
from backend.config.settings import DEFAULT_TABLE, BackendSettings
from backend.domain.errors import NimError, Unavailable
from backend.provision import lambda_package
from backend.provision.base import STEPS as CREATE_STEPS
from backend.provision.base import Administration, Report
from backend.provision.cloudformation import Event, Stack
from backend.provision.code_bucket import CodeBucket
from backend.provision.table_stream import TableStream
from backend.provision.user_pool import UserPool

T = TypeVar("T")

TEMPLATE = Path(__file__).with_name("template.yaml")
STACK_NAME = "nim-tui"
_LONGEST_STACK_NAME = 128
_RESOURCE = re.compile(r"^  \w+:\n    Type: AWS::", re.MULTILINE)
_OWN_STEPS = 8
MOST_INSTANCES = 50
"""Of the API's function at once: at some milliseconds a request, far more than the throttle lets
through; so only what hangs gets there."""
_ENOUGH_INSTANCES = 200
_CLOSED = "closed: nim-backend users add NAME"


def deploy_steps() -> int:
    """About how many reports a first deployment makes."""
    return CREATE_STEPS + _OWN_STEPS + len(_RESOURCE.findall(TEMPLATE.read_text("utf-8")))


def stack_name(table: str) -> str:
    """The name of a table's stack: each table has its own."""
    if table == DEFAULT_TABLE:
        return STACK_NAME
    return f"{STACK_NAME}-{re.sub('[^A-Za-z0-9-]', '-', table)}"[:_LONGEST_STACK_NAME]


class Deployment:
    """The whole stack of one table. Blocking.

    Attributes:
        url: where the stack is reached, once `deploy` has finished.
        is_bare: whether bare commands work on its table, so that the address was saved.

    Args:
        wait: called between looks at something that takes AWS a while.
        install: puts the functions' libraries into a folder; by default with pip.
    """

    def __init__(
        self,
        aws: Aws,
        settings: BackendSettings,
        *,
        wait: Callable[[], None],
        install: lambda_package.Installer | None = None,
    ) -> None:
        self._settings = settings
        self.url = ""
        self.is_bare = False
        there = is_amazons(aws.client("lambda", PATIENT).meta.endpoint_url)
        self._install = install or (lambda_package.for_lambda if there else lambda_package.for_here)
        self._administration = Administration(aws, settings, wait=wait)
        self._aws = aws
        self._stream = TableStream(aws.client("dynamodb"), settings.table, wait=wait)
        self._name = stack_name(settings.table)
        self._stack = Stack(aws.client("cloudformation", PATIENT), self._name, wait=wait)

    def deploy(
        self,
        *,
        open_registration: bool,
        invitations_register: bool = False,
        alarm_email: str = "",
    ) -> Iterator[Report]:
        """Create or update everything, with a report for each step.

        Raises:
            NimError: a resource failed, or the package cannot be built.
            Unavailable: AWS cannot be reached, or refuses.

        """
        yield from self._administration.create()
        _asked(lambda: self._stream.note_stack(self._name))
        stream = _asked(self._stream.switch_on)
        protected = _asked(self._stream.protect)
        yield Report("stream and deletion protection", "are on", changed=protected)
        yield from self._prepare_pool(self._administration.pool_id, to_all=open_registration)
        bucket = _asked(self._bucket)
        key = yield from self._package(bucket)
        parameters = self._parameters() | {
            "CodeBucket": bucket.name,
            "CodeKey": key,
            "OpenRegistration": "true" if open_registration else "false",
            "InvitationsRegister": "true" if invitations_register else "false",
            "TableStream": stream,
            "AlarmEmail": alarm_email,
            "ApiConcurrency": str(_asked(self._concurrency)),
        }
        yield from _reports(self._stack.apply(TEMPLATE.read_text("utf-8"), parameters))
        yield Report(f"stack {self._name}", "is up to date")
        _asked(lambda: self._stream.tell_others(to_be_silent=True))
        yield Report("notices", "are sent by the stack, and by nothing else")
        told = f"e-mail to {alarm_email}" if alarm_email else "tell nobody: --alarm-email ADDRESS"
        yield Report("alarms", told)
        _asked(lambda: bucket.remove_others(key))
        yield self._save()

    def _save(self) -> Report:
        """Save where the stack is reached, unless bare commands work on another table."""
        self.url = _asked(self._stack.outputs)["Url"]
        self.is_bare = self._is_bare()
        if not self.is_bare:
            return Report("server", "not saved: bare commands work on another table")
        path = write_saved({"BASE_URL": self.url})
        return Report("server", f"saved as aws to {path}")

    def destroy(self, *, delete_games: bool) -> Iterator[Report]:
        """Delete the stack; delete the games and accounts only on request.

        Raises:
            NimError: a resource could not be deleted.
            Unavailable: AWS cannot be reached, or refuses.

        """
        url = _asked(self._stack.outputs).get("Url")
        if _asked(self._stack.description) is None:
            yield Report(f"stack {self._name}", "does not exist")
        else:
            yield from _reports(self._stack.delete())
            yield Report(f"stack {self._name}", "deleted", changed=True)
        bucket = _asked(self._bucket)
        was_there = _asked(bucket.delete)
        yield Report("package", "deleted" if was_there else "does not exist", changed=was_there)
        if url == read_saved().get("BASE_URL") or (url is None and self._is_bare()):
            write_saved({"BASE_URL": None})
        if _asked(self._administration.has_table):
            _asked(self._stream.forget_stack)
        if delete_games:
            yield from self._administration.delete()
            return
        if _asked(self._administration.has_table):
            _asked(lambda: self._stream.tell_others(to_be_silent=False))
            _asked(self._stream.switch_off)
            yield Report(f"table {self._settings.table}", "kept, with its games")
            yield from self._kept_pool()

    def _kept_pool(self) -> Iterator[Report]:
        pool = UserPool(self._aws.client("cognito-idp"), known_id=self._settings.user_pool_id)
        pool_id = _asked(pool.find)
        if pool_id is None:
            return
        yield Report("user pool", "kept, with its accounts")
        is_open = _asked(lambda: pool.is_open(pool_id))
        closed = f"stays {_CLOSED}; opened by nim-backend aws deploy --open-registration"
        yield Report("registration", "open to everyone" if is_open else closed)

    def _is_bare(self) -> bool:
        """Whether bare commands work on this table."""
        return read_saved().get("NIM_TABLE", self._settings.table) == self._settings.table

    def _prepare_pool(self, pool_id: str, *, to_all: bool) -> Iterator[Report]:
        pool = UserPool(self._aws.client("cognito-idp"))
        changed = _asked(lambda: pool.open_registration(pool_id, to_all=to_all))
        _asked(lambda: pool.protect(pool_id))
        state = "open to everyone" if to_all else _CLOSED
        yield Report("registration", state, changed=changed)

    def _package(self, bucket: CodeBucket) -> Generator[Report, None, str]:
        """Put the functions' package into the bucket; its key."""
        made = _asked(bucket.make)
        yield Report(f"bucket {bucket.name}", "created" if made else "exists", changed=made)
        key, uploaded = self._upload(bucket)
        yield Report("package", "uploaded" if uploaded else "exists", changed=uploaded)
        return key

    def _concurrency(self) -> int:
        """How many instances to reserve for the API; none where the account has few.

        AWS keeps 100 of an account's limit unreserved. Stand-ins for AWS know no such limit.
        """
        client = self._aws.client("lambda", PATIENT)
        if not is_amazons(client.meta.endpoint_url):
            return MOST_INSTANCES
        limit = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        return MOST_INSTANCES if limit >= _ENOUGH_INSTANCES else 0

    def _parameters(self) -> dict[str, str]:
        """The template's parameters that follow from the settings and from what was made before."""
        sms, caps = self._settings.sms, self._settings.tutorial_sms
        smtp, ntfy = self._settings.smtp, self._settings.ntfy
        return {
            "TableName": self._settings.table,
            "UserPoolId": self._administration.pool_id,
            "UserPoolClientId": self._administration.client_id,
            "TokenIssuer": self._settings.token_issuer or "",
            "SmsPrefixes": ",".join(sms.prefixes) if sms else "none",
            "SmsPerNumber": str(caps.per_number),
            "SmsInAll": str(caps.in_all),
            "SmsPerAccount": str(caps.per_account),
            "SmsConfirm": self._settings.sms_confirm or "code",
            "SmtpUrl": smtp.url if smtp else "",
            "EmailFrom": smtp.sender if smtp else "",
            "NtfyUrl": ntfy.url if ntfy else "",
        }

    def _bucket(self) -> CodeBucket:
        account = self._aws.client("sts").get_caller_identity()["Account"]
        return CodeBucket(
            self._aws.client("s3", PATIENT),
            account=account,
            region=self._aws.region or "",
            stack=self._name,
        )

    def _upload(self, bucket: CodeBucket) -> tuple[str, bool]:
        with tempfile.TemporaryDirectory(prefix="nim-package-") as folder:
            file = Path(folder) / "functions.zip"
            digest = lambda_package.build(file, self._install)
            return _asked(lambda: bucket.upload(file, digest))


def _reports(events: Iterator[Event]) -> Iterator[Report]:
    """The events that finish a resource, as reports."""
    while (event := _asked(lambda: next(events, None))) is not None:
        if event.status.endswith(("_COMPLETE", "_FAILED")):
            words = event.status.replace("_", " ").lower()
            state = f"{words}: {event.reason}" if event.status.endswith("_FAILED") else words
            yield Report(event.resource, state, changed=True)


def _asked(call: Callable[[], T]) -> T:
    """What the call returns. Raises: NimError, with AWS's own reason if we have no words for it."""
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        words = as_unavailable(error)
        if isinstance(error, ClientError) and words.message == Unavailable().message:
            text = error.response.get("Error", {}).get("Message", "")
            reason = "".join(char for char in str(text) if char.isprintable())
            raise NimError(f"AWS refused {error.operation_name}: {reason}") from error
        raise words from error
