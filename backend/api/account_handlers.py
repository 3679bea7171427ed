"""What the routes of the caller's own account do; their docstrings appear in the reference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from msgspec import UNSET, UnsetType
from starlette.responses import Response

from backend.api.requests import Call
from backend.api.responses import answer, nothing
from backend.domain.errors import BadRequest, NimError, NoSuchPlayer, WrongPassword
from backend.domain.people import Player, Profile
from backend.service.accounts import GONE
from backend.service.commands import KEEP, Keep, ProfileEdit
from backend.service.export import export
from backend.service.ports import AccountClosing
from backend.wire import (
    AccountDeletion,
    Confirm,
    ExportAnswer,
    ForgottenPassword,
    NoticeRecord,
    PasswordChange,
    PasswordReset,
    ProfileAnswer,
    ProfileChange,
    SessionRecord,
    from_game,
    from_invitation,
)

Value = TypeVar("Value")


async def show_me(call: Call) -> Response:
    """The caller's own account."""
    return await _profile(call, await call.service.accounts.profile(call.user))


async def change_me(call: Call, form: ProfileChange) -> Response:
    """Change the caller's addresses or notices; what is left out stays as it is.

    Another e-mail address or phone number needs the password. If this backend can send codes, one
    goes to it, and again when the same is sent again; `POST /me/confirm` takes the code.
    """
    await _check_owner(call, form)
    edit = ProfileEdit(
        email=_kept(form.email),
        phone=_kept(form.phone_number),
        notices=_kept(form.notices),
        ntfy_topic=_kept(form.ntfy_topic),
    )
    return await _profile(call, await call.service.accounts.change_profile(call.user, edit))


async def confirm_me(call: Call, form: Confirm) -> Response:
    """Confirm the caller's e-mail address or phone number with the code that was sent to it."""
    player = await call.service.accounts.confirm(call.user, form.channel, form.code)
    return await _profile(call, player)


async def change_password(call: Call, form: PasswordChange) -> Response:
    """Change the caller's password.

    All tokens that were issued before end, the caller's too: sign in again with the new password.
    """
    await _with_password(
        call,
        partial(call.service.accounts.change_password, call.user, form.password, form.new_password),
    )
    return nothing()


async def delete_me(call: Call, form: AccountDeletion) -> Response:
    """Delete the caller's account: its open games end as resigned, its sessions end.

    If it is stopped halfway, it goes on when the backend starts again, or when it is asked for
    again or somebody signs in with this name and password.
    """
    await _with_password(
        call, partial(call.service.accounts.check_password, call.user, form.password)
    )
    await call.service.delete_player(call.user)
    return nothing()


async def export_me(call: Call) -> Response:
    """Everything that is kept about the caller, in one document."""
    call.limits.export(call.user)
    found = await export(call.service, call.user)
    return answer(
        ExportAnswer(
            account=_shown(found.profile),
            owned_from=found.since,
            games=[from_game(game) for game in found.games],
            sessions=[
                SessionRecord(created_at=kept.created_at, expires_at=kept.expires_at)
                for kept in found.sessions
            ],
            notices=[
                NoticeRecord(
                    game_id=kept.notice.game_id,
                    version=kept.notice.version,
                    kind=kept.notice.kind,
                    created_at=kept.created_at,
                    outcome=kept.outcome,
                )
                for kept in found.notices
            ],
            invitations=[from_invitation(one, call.public_url) for one in found.invitations],
        )
    )


async def forgot_password(call: Call, form: ForgottenPassword) -> Response:
    """Ask for a code that lets a forgotten password be replaced.

    The answer is the same whether the name exists or not. A code goes to confirmed addresses only.
    """
    async with call.doors.counted():
        call.limits.recovery(call.address)
    await call.service.accounts.forgot_password(form.username)
    return nothing()


async def reset_password(call: Call, form: PasswordReset) -> Response:
    """Replace a forgotten password, with the code that was sent. All sessions end."""
    async with call.doors.counted():
        call.limits.recovery(call.address)
    async with call.doors.turn():
        await call.service.accounts.reset_password(form.username, form.code, form.new_password)
    return nothing()


async def _check_owner(call: Call, form: ProfileChange) -> None:
    """Another address needs the password. Raises: BadRequest, WrongPassword, TooManyRequests."""
    if isinstance(form.email, UnsetType) and isinstance(form.phone_number, UnsetType):
        return
    player = await call.service.accounts.profile(call.user)
    if form.email in (UNSET, player.email) and form.phone_number in (UNSET, player.phone):
        return
    if form.password is None:
        what = "e-mail address" if form.email not in (UNSET, player.email) else "phone number"
        raise BadRequest.of_fields({"password": f"is needed to change the {what}. Add it."})
    await _with_password(
        call, partial(call.service.accounts.check_password, call.user, form.password)
    )


async def _with_password(call: Call, work: Callable[[], Awaitable[None]]) -> None:
    """Do what checks the caller's password, counted like a sign-in.

    A deletion of the account that has begun is finished first: then it is gone, as the answer says.
    """
    async with call.doors.counted():
        call.limits.sign_in(call.address, call.user)
    try:
        async with call.doors.turn():
            await work()
    except AccountClosing as closing:
        call.limits.right_password(call.address, call.user)
        with suppress(NoSuchPlayer):  # finished elsewhere
            await call.service.delete_player(closing.username)
        raise NoSuchPlayer(GONE) from closing
    except WrongPassword as error:
        raise WrongPassword("That password is wrong. Type it again.") from error
    except NimError:
        call.limits.right_password(call.address, call.user)
        raise
    call.limits.right_password(call.address, call.user)


def _kept(given: Value | UnsetType) -> Value | Keep:
    return KEEP if isinstance(given, UnsetType) else given


async def _profile(call: Call, player: Player) -> Response:
    return answer(_shown(await call.service.accounts.with_contacts(player)))


def _shown(profile: Profile) -> ProfileAnswer:
    player = profile.player
    return ProfileAnswer(
        username=player.username,
        email=player.email,
        email_confirmed=profile.email_confirmed,
        phone_number=player.phone,
        phone_confirmed=profile.phone_confirmed,
        notices=player.notices,
        ntfy_topic=player.ntfy_topic,
        notice_problem=profile.notice_problem,
    )
