"""A Milvus that is away, silent, closed to us, too old or not ours: each is one sentence, and in bounded time."""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from index.errors import StoreRefused, StoreUnreachable
from index.milvus_client import Address, Cluster

SERVICE = "/milvus.proto.milvus.MilvusService/"


@contextmanager
def answering(answer: Callable[[str, Any], Any]) -> Iterator[str]:
    """Serve gRPC on a free port, where each method is answered by its name and the call's context."""
    import grpc

    class Everything(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            method = details.method.removeprefix(SERVICE)
            return grpc.unary_unary_rpc_method_handler(
                lambda request, context: answer(method, context),
                response_serializer=lambda message: message.SerializeToString(),
            )

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Everything()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None)


def version(number: str) -> Callable[[str, Any], Any]:
    from pymilvus.grpc_gen import milvus_pb2

    def answer(method: str, context: Any) -> Any:
        if method == "Connect":
            return milvus_pb2.ConnectResponse()
        return milvus_pb2.GetVersionResponse(version=number)

    return answer


def refused(uri: str, *, token: str = "", timeout: float = 3.0) -> str:
    start = time.monotonic()
    with pytest.raises((StoreUnreachable, StoreRefused)) as caught:
        Cluster(Address(uri, token, timeout=timeout))
    assert time.monotonic() - start < 10 * timeout  # on a machine that may be very busy
    assert "\n" not in str(caught.value)
    return f"{caught.type.__name__}: {caught.value}"


@pytest.mark.slow
def test_a_port_where_nothing_listens_is_named() -> None:
    pytest.importorskip("pymilvus")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}") == (
        f"StoreUnreachable: cannot reach Milvus at http://127.0.0.1:{port} (polyquote_*) in 3 s:"
        " is it running, and is store.uri right?"
    )


@pytest.mark.slow
def test_a_server_that_never_answers_is_given_up_after_the_time_out() -> None:
    pytest.importorskip("pymilvus")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "cannot reach Milvus" in refused(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=2.0)


@pytest.mark.slow
def test_a_server_that_hangs_in_a_call_is_given_up_after_the_time_out() -> None:
    pytest.importorskip("pymilvus")
    accept = version("2.5.4")

    def answer(method: str, context: Any) -> Any:
        if method == "GetVersion":
            time.sleep(4)
        return accept(method, context)

    with answering(answer) as uri:
        assert "did not answer in 1 s (store.timeout)" in refused(uri, timeout=1.0)


@pytest.mark.slow
def test_a_refused_token_is_told_and_never_shown() -> None:
    pytest.importorskip("pymilvus")
    import grpc

    with answering(lambda method, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure")) as uri:
        told = refused(uri, token="root:hunter2")
    assert "StoreRefused" in told
    assert "refuses the token: set POLYQUOTE_MILVUS_TOKEN" in told
    assert "hunter2" not in told


@pytest.mark.slow
@pytest.mark.parametrize("number", ["2.3.9", "v2.2.16-dev", "v1.1.0"])
def test_a_server_older_than_sparse_vectors_is_refused(number: str) -> None:
    pytest.importorskip("pymilvus")
    with answering(version(number)) as uri:
        assert f"is version {number}: 2.4 or later is needed" in refused(uri)


@pytest.mark.slow
@pytest.mark.parametrize("number", ["2.4.0", "v2.5.4", "v3.0.0-rc1", "milvus_lite-3.2.2"])
def test_later_servers_are_taken(number: str) -> None:
    pytest.importorskip("pymilvus")
    with answering(version(number)) as uri:
        Cluster(Address(uri, timeout=10.0)).close()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(StoreRefused, match=r'pip install "polyquote\[milvus\]"'):
        Cluster(Address("http://127.0.0.1:9"))


@pytest.mark.parametrize("prefix", ["", "7x", "a-b", 'x"; drop', "x" * 300])
def test_a_prefix_that_is_no_name_is_refused_before_anything_is_asked(prefix: str) -> None:
    with pytest.raises(StoreRefused, match="letters, digits and underscores"):
        Cluster(Address("http://127.0.0.1:9", collection=prefix))


def test_neither_token_nor_password_is_in_a_representation() -> None:
    address = Address("http://root:hunter2@127.0.0.1:9", token="hunter2")
    assert "hunter2" not in repr(address)
    assert str(address) == "http://…@127.0.0.1:9 (polyquote_*)"
