"""The tables of the SQLite file as migrations: a list of statements for each version.

A released migration is never edited; a change is a new one at the end. Times are integers,
microseconds since 1970 UTC, except in the tables of accounts (ISO 8601).
"""

from __future__ import annotations

# "NimT" in ASCII, in the file's header: identifies the file as ours.
APPLICATION_ID = 0x4E696D54

KEEP_NOTICES_SECONDS = 30 * 24 * 3600

_ACCOUNTS = """
CREATE TABLE accounts (
    username TEXT PRIMARY KEY,
    folded TEXT UNIQUE NOT NULL,
    password_hash TEXT NOT NULL,
    one_time_until TEXT,
    email TEXT,
    phone TEXT,
    notices TEXT NOT NULL DEFAULT 'sms',
    created_at TEXT NOT NULL
)
"""

# parent: the hash of the token that this one replaces; NULL once this one has been used.
_REFRESH_TOKENS = """
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    family TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    parent TEXT
)
"""

_SECRETS = "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB)"

# The columns that lists are read by (done, turn, waits, sort_at) are generated, so no write can
# forget them. `moves` has a record for each move, `player,heap,left,time;` with player 1 or 2.
# `change` grows with every write of any game; `writer` is the random number of the last writer.
_GAMES = """
CREATE TABLE games (
    game_id TEXT PRIMARY KEY,
    user1 TEXT NOT NULL,
    user2 TEXT NOT NULL,
    heap1 INTEGER NOT NULL,
    heap2 INTEGER NOT NULL,
    heap3 INTEGER NOT NULL,
    last_move_by TEXT NOT NULL,
    rule TEXT NOT NULL,
    start1 INTEGER NOT NULL,
    start2 INTEGER NOT NULL,
    start3 INTEGER NOT NULL,
    version INTEGER NOT NULL,
    moves TEXT NOT NULL,
    created_at INTEGER,
    waiting_since INTEGER,
    days_per_move INTEGER,
    winner TEXT,
    ended_by TEXT,
    ended_at INTEGER,
    request_id TEXT,
    rematch_of TEXT,
    change INTEGER NOT NULL,
    writer INTEGER NOT NULL,
    done INTEGER GENERATED ALWAYS AS (ended_by IS NOT NULL OR heap1 + heap2 + heap3 = 0),
    turn TEXT GENERATED ALWAYS AS (
        CASE WHEN ended_by IS NOT NULL OR heap1 + heap2 + heap3 = 0 THEN NULL
             WHEN last_move_by = user1 THEN user2 ELSE user1 END
    ),
    waits TEXT GENERATED ALWAYS AS (
        CASE WHEN ended_by IS NOT NULL OR heap1 + heap2 + heap3 = 0 THEN NULL
             WHEN last_move_by = user1 THEN user1 ELSE user2 END
    ),
    sort_at INTEGER GENERATED ALWAYS AS (
        CASE WHEN ended_by IS NOT NULL OR heap1 + heap2 + heap3 = 0
             THEN coalesce(ended_at, waiting_since, created_at, 0)
             ELSE coalesce(waiting_since, created_at, 0) END
    )
)
"""

# outcome: NULL until it is final. try_at: when to try next, at the earliest.
_OUTBOX = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    game_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    try_at INTEGER NOT NULL,
    outcome TEXT,
    UNIQUE (game_id, version, person, kind)
)
"""

# reserved_for: in small letters. made: whether the game of an invitation that was taken is there.
_INVITATIONS = """
CREATE TABLE invitations (
    code TEXT PRIMARY KEY,
    created_by TEXT NOT NULL,
    heap1 INTEGER NOT NULL,
    heap2 INTEGER NOT NULL,
    heap3 INTEGER NOT NULL,
    rule TEXT NOT NULL,
    days_per_move INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    request_id TEXT,
    reserved_for TEXT,
    taken_by TEXT,
    taken_at INTEGER,
    made INTEGER NOT NULL DEFAULT 0
)
"""

# fingerprint: of the public key, as OpenSSH prints it. A key is one player's, and goes with the
# account, with its password, and once its deletion begins.
_SSH_KEYS = """
CREATE TABLE ssh_keys (
    fingerprint TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    used_at INTEGER
)
"""
_KEYS_END_WITH_ACCOUNT = """
CREATE TRIGGER ssh_keys_end_with_account AFTER DELETE ON accounts BEGIN
    DELETE FROM ssh_keys WHERE username = old.username;
    DELETE FROM screen_choices WHERE username = old.username;
END
"""
_KEYS_END_WITH_CHANGE = """
CREATE TRIGGER ssh_keys_end_with_password AFTER UPDATE OF password_hash, closing ON accounts
WHEN new.password_hash <> old.password_hash OR new.closing BEGIN
    DELETE FROM ssh_keys WHERE username = old.username;
END
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        _ACCOUNTS,
        _REFRESH_TOKENS,
        "CREATE INDEX refresh_tokens_family ON refresh_tokens (family)",
        "CREATE INDEX refresh_tokens_username ON refresh_tokens (username)",
        _SECRETS,
        _GAMES,
        "CREATE INDEX games_turn ON games (turn, sort_at, game_id) WHERE turn IS NOT NULL",
        "CREATE INDEX games_waits ON games (waits, sort_at, game_id) WHERE waits IS NOT NULL",
        "CREATE INDEX games_created ON games (user1) WHERE NOT done",
        "CREATE INDEX games_done1 ON games (user1, sort_at DESC, game_id) WHERE done",
        "CREATE INDEX games_done2 ON games (user2, sort_at DESC, game_id) WHERE done",
        "CREATE UNIQUE INDEX games_change ON games (change)",
    ),
    (
        _OUTBOX,
        "CREATE INDEX outbox_waiting ON outbox (try_at) WHERE outcome IS NULL",
        "CREATE INDEX outbox_created ON outbox (created_at)",
    ),
    ("CREATE TABLE text_counts (name TEXT PRIMARY KEY, sent INTEGER NOT NULL, expires INTEGER)",),
    # closing: 1 once the account's deletion has begun.
    ("ALTER TABLE accounts ADD COLUMN closing INTEGER NOT NULL DEFAULT 0",),
    (
        # Who caused a notice, if it is not `made_by`.
        "ALTER TABLE outbox ADD COLUMN actor TEXT",
        # Numbers that are there already have no mark, so they need no confirmation.
        "CREATE TABLE notes (name TEXT PRIMARY KEY, code_hash TEXT, tries INTEGER, until INTEGER)",
        "CREATE INDEX notes_until ON notes (until) WHERE until IS NOT NULL",
    ),
    ("ALTER TABLE games ADD COLUMN rematch_by TEXT",),
    (
        _INVITATIONS,
        "CREATE INDEX invitations_made_by ON invitations (created_by, created_at) WHERE NOT made",
        "CREATE INDEX invitations_expiry ON invitations (expires_at)",
        "ALTER TABLE games ADD COLUMN invitation TEXT",
    ),
    ("ALTER TABLE accounts ADD COLUMN ntfy_topic TEXT",),
    (
        _SSH_KEYS,
        "CREATE INDEX ssh_keys_username ON ssh_keys (username)",
        # choices: what a player has chosen for the screen, as JSON.
        "CREATE TABLE screen_choices (username TEXT PRIMARY KEY, choices TEXT NOT NULL)",
        _KEYS_END_WITH_ACCOUNT,
        _KEYS_END_WITH_CHANGE,
    ),
)
