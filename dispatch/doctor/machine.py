"""The machine under the service: its disk, its files' modes, its clock, its port."""

import asyncio
import errno
import http.client
import json
import shutil
import socket
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dispatch.adapters.oidc import OidcProvider
from dispatch.adapters.oidc_client import Client
from dispatch.doctor.finding import Finding, Grade, Said, skewed
from dispatch.engine.ports import Clock, DependencyFailed
from dispatch.settings import Settings

LEAST_FREE_BYTES: Final = 1 << 30
"""1 GiB: a choice of ours, to be heard of before the disk is full."""
ANSWER_WITHIN_S: Final = 3.0
_NTP_EPOCH_S: Final = 2_208_988_800  # RFC 5905: from 1900 to 1970
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  what a setting may say; nothing is bound here
_PRIVATE: Final = ("*.sqlite3*", "cut_tail_*.jsonl", "*.key")


def disk(data_dir: Path, *, least_free_bytes: int = LEAST_FREE_BYTES) -> Iterator[Finding]:
    """Whether the data directory, or where it will be made, has room and can be written."""
    place = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < least_free_bytes:
        yield Finding(
            code="disk_nearly_full",
            what=Said(f"{place} 所在磁盘只剩 {_shown(free)}", f"the disk of {place} has {_shown(free)} left"),
            means=Said(
                "磁盘写满后无法记录任何来电与派遣,服务停止接受命令",
                "once it is full no call and no dispatch can be recorded, and the service takes no more commands",
            ),
            do=Said(
                "清出空间或换更大的磁盘;切勿删除 journal.sqlite3 及其 -wal 文件",
                "make room or move to a larger disk; never delete journal.sqlite3 or its -wal file",
            ),
        )
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        yield Finding(
            code="not_writable",
            what=Said(f"无法在 {place} 写入({error.strerror})", f"{place} cannot be written to ({error.strerror})"),
            means=Said("服务无法启动,或不能再记录来电", "the service does not start, or can record no more calls"),
            do=Said(
                "核对目录的所有者、挂载是否只读、磁盘是否已满",
                "check who owns it, whether it is mounted read-only, and whether the disk is full",
            ),
        )


def file_modes(data_dir: Path) -> Iterator[Finding]:
    """Whether files with callers' and users' data can be read by others."""
    files = sorted({path for pattern in _PRIVATE for path in data_dir.glob(pattern) if not path.name.endswith(".lock")})
    open_ones = [path.name for path in files if path.stat().st_mode & 0o077]
    if open_ones:
        names = ", ".join(open_ones)
        yield Finding(
            code="files_open_to_others",
            what=Said(
                f"{data_dir} 中这些文件其他用户也能读写:{names}", f"others may read or write in {data_dir}: {names}"
            ),
            means=Said(
                "来电人与患者的信息、账号的密钥可能外泄", "callers' and patients' data, and keys of accounts, may leak"
            ),
            do=Said(
                f"在 {data_dir} 中运行 chmod 600 {' '.join(open_ones)}",
                f"in {data_dir}: chmod 600 {' '.join(open_ones)}",
            ),
        )


def ntp(server: str, clock: Clock) -> Iterator[Finding]:
    """Compare the clock with a time server (`host` or `host:port`), once."""
    try:
        yield from skewed(clock, lambda: _ntp_s(server), Said(f"时间服务器 {server}", f"the time server {server}"))
    except (OSError, ValueError) as error:
        yield Finding(
            code="ntp_unreachable",
            grade=Grade.NOTICE,
            what=Said(f"时间服务器 {server} 无应答({error})", f"the time server {server} does not answer ({error})"),
            means=Said("无法判断本机时钟是否准确", "whether this machine's clock is right is not known"),
            do=Said("换一个时间服务器再试", "try another time server"),
        )


def _ntp_s(server: str) -> float:
    host, _, port = server.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(ANSWER_WITHIN_S)
        asking.sendto(b"\x1b" + bytes(47), (host, int(port or 123)))
        answer, _ = asking.recvfrom(512)
    if len(answer) < 48:
        raise ValueError("no answer of a time server")
    seconds, fraction = struct.unpack("!II", answer[40:48])
    return float(seconds - _NTP_EPOCH_S + fraction / 2**32)


def collector(endpoint: str) -> Iterator[Finding]:
    """Whether somebody listens where traces go; nobody is hindered by it if not."""
    where = urlsplit(endpoint)
    try:
        port = where.port or (443 if where.scheme == "https" else 80)
        socket.create_connection((where.hostname or "", port), timeout=ANSWER_WITHIN_S).close()
    except (OSError, ValueError) as error:
        yield Finding(
            code="traces_unreachable",
            grade=Grade.NOTICE,
            what=Said(
                f"追踪收集器 {where.netloc} 连不上({error})",
                f"the collector of traces {where.netloc} cannot be reached ({error})",
            ),
            means=Said("派车不受影响;这段时间的追踪数据会丢弃", "dispatch goes on; traces of this time are dropped"),
            do=Said(
                "检查收集器与 DISPATCH_TRACE_ENDPOINT;不需要追踪就去掉这一项",
                "check the collector and DISPATCH_TRACE_ENDPOINT; take the setting away if traces are not wanted",
            ),
        )


def identity_provider(client: Client, clock: Clock) -> Iterator[Finding]:
    """Whether single sign-on can be used now; accounts of this service do not need it."""
    try:
        with closing(OidcProvider(client)) as provider:
            asyncio.run(provider.begin(clock.now()))
    except (DependencyFailed, ValueError) as error:
        yield Finding(
            code="sign_on_unreachable",
            grade=Grade.NOTICE,
            what=Said(
                f"单点登录的身份提供方 {client.issuer} 不可用({error})",
                f"the identity provider {client.issuer} cannot be used ({error})",
            ),
            means=Said(
                "新的单点登录暂不能进行;已登录者与本地账号不受影响",
                "nobody can sign on by it now; open sessions and local accounts go on",
            ),
            do=Said(
                "用本地账号登录;检查网络、证书与 DISPATCH_OIDC_*",
                "sign in by a local account; check the network, certificates and DISPATCH_OIDC_*",
            ),
        )


def running(settings: Settings) -> dict[str, Any] | None:
    """What the service on the set address says of itself (`/readyz`); None when nothing of ours answers there."""
    host = "127.0.0.1" if settings.host in _ANY_ADDRESS else settings.host
    asking = http.client.HTTPConnection(host, settings.port, timeout=ANSWER_WITHIN_S)
    try:
        asking.request("GET", "/readyz")
        said = json.loads(asking.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        asking.close()
    return said if isinstance(said, dict) and ("degraded" in said or said.get("code") == "not_ready") else None


def port(settings: Settings, said: dict[str, Any] | None) -> Iterator[Finding]:
    """Whether the service could listen, when it does not yet; else what it says is amiss."""
    where = f"{settings.host}:{settings.port}"
    if said is not None:
        yield from _degraded(said, where)
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        yield Finding(
            code="port_in_use" if is_taken else "cannot_listen",
            what=Said(f"无法监听 {where}:{error.strerror}", f"cannot listen on {where}: {error.strerror}"),
            means=Said(
                "服务无法启动,调度席打不开控制台", "the service does not start, and no desk can open the console"
            ),
            do=Said(
                f"停止占用它的程序(ss -ltnp | grep {settings.port}),或换 --port"
                if is_taken
                else "核对 --host 与 --port",
                f"stop what holds it (ss -ltnp | grep {settings.port}), or choose another --port"
                if is_taken
                else "check --host and --port",
            ),
        )


def _degraded(said: dict[str, Any], where: str) -> Iterator[Finding]:
    for one in said.get("degraded", []):
        yield Finding(
            code=str(one["code"]),
            what=Said(f"{where} 上的服务报告:{one['text_zh']}", f"the service on {where} says: {one['text_en']}"),
            means=Said("派车继续,但这一部分已降级", "dispatch goes on, with this part degraded"),
            do=Said("按 docs/operations.md 中对应的一节处理", "follow its section in docs/operations.md"),
        )
    if said.get("code") == "not_ready":
        yield Finding(
            code="not_ready",
            what=Said(f"{where} 上的服务未就绪", f"the service on {where} is not ready"),
            means=Said("它不接受命令", "it takes no commands"),
            do=Said("查看其运行日志;停止后重新启动", "read its log; stop it and start it again"),
        )


def _shown(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 20):,.0f} MiB"
