"""Members of an etcd that wants TLS, certificates and a user, and of an ElastiCache stub over TLS:
what is refused, what is told, and that nothing secret is."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from continuum import ContinuumError, Members, sources

from .authority import Authority
from .conftest import Live
from .etcd import HOST, PREFIX, Etcd, Secure, etcd, text
from .process import free_port
from .test_members import SCHEME, events

USER, PASSWORD = "watcher", "open-sesame"
AS_USER = {"CONTINUUM_USER": USER, "CONTINUUM_PASSWORD": PASSWORD}


def watch(live: Live, place: str, *options: str) -> list[str]:
    program = live.continuum()
    if program is None:
        live.missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
    args = [program, "watch", place, "--scheme", SCHEME, "--settle", "0.2", "--interval", "0.1"]
    return [*args, "--json", *options]


def refused(args: Sequence[str], sentence: str, **environment: str) -> None:
    """It ends with one sentence like this, without a secret in it."""
    done = subprocess.run(
        [*args, "--once"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.returncode == 2 and re.search(sentence, done.stderr), done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for secret in (PASSWORD, *environment.values()):
        assert secret not in done.stdout + done.stderr


def _users(store: Etcd) -> None:
    """One who may do all, and one who may read what is below the prefix."""
    for name, password in (("root", "root"), (USER, PASSWORD)):
        store.post("/v3/auth/user/add", name=name, password=password)
        store.post("/v3/auth/role/add", name=name)
        store.post("/v3/auth/user/grant", user=name, role=name)
    end = PREFIX.removesuffix("/") + "0"
    permitted = {"permType": "READ", "key": text(PREFIX), "range_end": text(end)}
    store.post("/v3/auth/role/grant", name=USER, perm=permitted)
    store.post("/v3/auth/enable")
    store.log_in("root", "root")


def test_etcd_with_tls_and_users(live: Live) -> None:
    ours, other = Authority(live), Authority(live, "other")
    secure = Secure(ours, ours.issue("server"), ours.issue("client"))
    port = free_port()
    place = f"etcds://{HOST}:{port}{PREFIX}"
    trusting = ("--tls-ca", str(ours.file))
    shown = ("--tls-cert", str(secure.client.chain), "--tls-key", str(secure.client.key))
    whole = watch(live, place, *trusting, *shown)
    with etcd(live, secure, port):
        store = Etcd(port, secure.context())
        store.change(**{f"m{n}": f"10.0.0.{n}:11211" for n in range(8)})
        believed = "its certificate is not believed: .*UnknownIssuer"
        refused(watch(live, place, *shown), believed)
        refused(watch(live, place, "--tls-ca", str(other.file), *shown), believed)
        refused(watch(live, place, *trusting), "breaks off TLS: |closed|reset|Broken pipe")
        refused(watch(live, place.replace("etcds", "etcd")), f"etcd://{HOST}:{port}{PREFIX}: ")
        broken = live.dir / "broken.pem"
        broken.write_text("hush\n")
        refused(watch(live, place, "--tls-ca", str(broken), *shown), "no certificate in the authority's file")
        _users(store)
        refused(whole, "wants a user and a password, and none was given")
        wrong = {**AS_USER, "CONTINUUM_PASSWORD": "hush-hush"}
        refused(whole, "refuses the user or the password", **wrong)
        url = place.replace("//", f"//{USER}:hush-hush@")
        refused(watch(live, url, *trusting, *shown), f"etcds://{HOST}:{port}{PREFIX}: refuses the user")
        elsewhere = watch(live, place.replace("members", "others"), *trusting, *shown)
        refused(elsewhere, "answers 403 Forbidden: etcdserver: permission denied", **AS_USER)
    log = live.dir / "watch.log"
    url = place.replace("//", f"//{USER}:{PASSWORD}@")
    with log.open("w") as errors, etcd(live, secure, port):
        child = subprocess.Popen(
            watch(live, url, *trusting, *shown),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            _follow(child, port, secure)
        except BaseException:
            child.kill()
            raise
    with log.open("a"), etcd(live, secure, port):
        try:
            store = Etcd(port, secure.context())
            store.log_in("root", "root")
            store.change(m10="10.0.0.10:11211")
            assert events(child, ["change", "refused"])["servers"] == 10
            child.terminate()
            assert child.wait(30) == 0
        finally:
            child.kill()
    told = log.read_text()
    assert PASSWORD not in told, told
    live.lines.append("members of etcd: TLS, certificates and users, renewed and after a restart")


def _follow(child: subprocess.Popen[str], port: int, secure: Secure) -> None:
    store = Etcd(port, secure.context())
    store.log_in("root", "root")
    assert events(child, ["first"])["servers"] == 8
    store.change(m8="10.0.0.8:11211")
    assert events(child, ["change", "refused"])["servers"] == 9
    # A password that is set ends all tokens of its user.
    store.post("/v3/auth/user/changepw", name=USER, password=PASSWORD)
    store.change(m9="10.0.0.9:11211", m8=None)
    assert events(child, ["change", "refused"])["servers"] == 9


@contextmanager
def _endpoint(context: ssl.SSLContext, answer: list[bytes], host: str = HOST) -> Iterator[int]:
    """A configuration endpoint that speaks TLS."""
    listening = socket.create_server((host, free_port()))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    known = secured.recv(100) == b"config get cluster\r\n"
                    secured.sendall(answer[0] if known else b"ERROR\r\n")
            except OSError:
                # Whoever does not believe the certificate goes away.
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.close()


def _cluster(version: int, hosts: int) -> bytes:
    nodes = " ".join(f"n{host}.cache|10.0.0.{host}|11211" for host in range(hosts))
    body = f"{version}\n{nodes}\n".encode()
    return b"CONFIG cluster 0 %d\r\n%s\r\nEND\r\n" % (len(body), body)


def test_elasticache_over_tls(live: Live) -> None:
    ours, other = Authority(live), Authority(live, "other")
    made = ours.issue("server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    answer = [_cluster(1, 8)]
    with _endpoint(context, answer) as port:
        place = f"elasticaches://{HOST}:{port}"
        believed = f"{place}: its certificate is not believed: .*UnknownIssuer"
        refused(watch(live, place), believed)
        refused(watch(live, place, "--tls-ca", str(other.file)), believed)
        plain = watch(live, place.replace("caches:", "cache:"))
        refused(plain, f"elasticache://{HOST}:{port}: ")
        args = watch(live, place, "--tls-ca", str(ours.file))
        with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as child:
            try:
                assert events(child, ["first"])["servers"] == 8
                # Half an answer, then a whole one.
                answer[0] = _cluster(2, 9)[:-9]
                assert events(child, ["failed", "change"])["event"] == "failed"
                answer[0] = _cluster(2, 9)
                assert events(child, ["change", "refused"])["servers"] == 9
                child.terminate()
                assert child.wait(30) == 0
            finally:
                child.kill()
        source = sources.ElastiCache(f"{HOST}:{port}", tls=ours.context())
        assert str(source) == place
        members = Members(source, scheme=SCHEME, settle=0)
        assert members.refresh() and len(members.continuum) == 9
        # Half an answer is none over TLS either; the whole one is.
        answer[0] = _cluster(3, 8)[:-9]
        assert not members.refresh() and "half an answer" in str(members.last_fault)
        answer[0] = _cluster(3, 8)
        assert members.refresh() and len(members.continuum) == 8
        # Neither the system nor another authority knows this one.
        strangers = (
            Members(place, scheme=SCHEME, settle=0),
            Members(
                sources.ElastiCache(f"{HOST}:{port}", tls=other.context()), scheme=SCHEME, settle=0
            ),
        )
        for stranger in strangers:
            assert not stranger.refresh() and "certificate" in str(stranger.last_fault)
        with pytest.raises((ContinuumError, OSError)):
            sources.ElastiCache(f"{HOST}:{port}")()
    # The certificate is for another address.
    with _endpoint(context, answer, "127.0.0.2") as port:
        source = sources.ElastiCache(f"127.0.0.2:{port}", tls=ours.context())
        misled = Members(source, scheme=SCHEME, settle=0)
        assert not misled.refresh() and "not valid for '127.0.0.2'" in str(misled.last_fault)
        args = watch(live, f"elasticaches://127.0.0.2:{port}", "--tls-ca", str(ours.file))
        refused(args, "its certificate is not believed: .*(not valid for|NotValidForName)")
    live.lines.append("members of ElastiCache: over TLS, in Rust and Python")
