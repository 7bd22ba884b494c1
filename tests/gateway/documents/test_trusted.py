"""Trusted documents: manifests of three tools, what is executed beside them, and that they follow their directory."""

import asyncio
import json
import logging
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.documents.manifests import BrokenManifest, read_manifests
from gateway.documents.told_once import ToldOnce
from gateway.documents.trusted import TrustedDocuments
from gateway.settings import Settings, SettingsError
from gateway.wiring import trusted_documents
from tests.support.asking import Asking, asking
from tests.support.engines import answering_each

RELAY, APOLLO, CODEGEN = "query R { r: __typename }", "query A { a: __typename }", "query C { c: __typename }"
APOLLO_MANIFEST = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": "a1", "name": "A", "type": "query", "body": APOLLO}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "persisted_queries.json").write_text(json.dumps({"r1": RELAY}))
    (tmp_path / "apollo.json").write_text(json.dumps(APOLLO_MANIFEST))
    (tmp_path / "persisted-documents.json").write_text(json.dumps({"sha256:c1": CODEGEN}))
    (tmp_path / "README.md").write_text("no manifest")
    return tmp_path


def settings(folder: Path, trust: Any = "off") -> Settings:
    return Settings(trusted_documents_dir=folder, trusted_documents=trust)


async def answer(gateway: Asking, **body: Any) -> Any:
    return (await gateway.http.post("/graphql", json=body)).json()


def hashed(id_: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": id_}}


async def test_a_document_is_found_by_its_id_however_a_client_sends_it(folder: Path) -> None:
    async with asking(answering_each(None), settings(folder, "enforce")) as gateway:
        for body in (
            {"documentId": "r1"},
            {"id": "r1"},
            {"docId": "r1"},
            {"doc_id": "r1"},
            {"extensions": hashed("r1")},
        ):
            assert await answer(gateway, **body) == {"data": {"r": "Query"}}, body
        by_get = await gateway.http.get("/graphql", params={"documentId": "a1"})
        assert by_get.json() == {"data": {"a": "Query"}}
        for id_ in ("sha256:c1", "c1"):
            assert await answer(gateway, documentId=id_) == {"data": {"c": "Query"}}
        assert await answer(gateway, query=f"{RELAY}\n", operationName="R") == {"data": {"r": "Query"}}


async def test_a_document_by_its_id_is_not_kept_under_the_hash_of_another(folder: Path) -> None:
    settings = Settings(trusted_documents_dir=folder)
    other = "{ other: __typename }"
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": sha256(other.encode()).hexdigest()}}
    async with asking(answering_each(None), settings) as gateway:
        planted = await gateway.http.post("/graphql", json={"documentId": "r1", "extensions": hashed})
        assert planted.status_code == 400
        assert planted.json()["errors"][0]["message"].startswith("provided sha does not match query")
        found = (await gateway.http.post("/graphql", json={"extensions": hashed})).json()
        assert found["errors"][0]["message"] == "PersistedQueryNotFound"


async def test_what_is_not_in_a_manifest_is_refused_where_that_is_enforced(folder: Path) -> None:
    async with asking(answering_each(None), settings(folder, "enforce")) as gateway:
        for body in ({"query": "{ __typename }"}, {"query": "{ __typename }", "id": "r1"}):
            response = await gateway.http.post("/graphql", json=body)
            assert response.status_code == 403
            assert response.json()["errors"][0]["extensions"] == {"code": "QUERY_NOT_IN_SAFELIST"}
        unknown = await gateway.http.post("/graphql", json={"documentId": "r2"})
        assert unknown.status_code == 400
        assert unknown.json()["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_IN_LIST"}
        by_hash = await answer(gateway, extensions=hashed("r2"))
        assert by_hash["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
        both = await answer(gateway, documentId="r1", query=RELAY)
        assert both["errors"][0]["message"] == "send `query` or `documentId`, not both"


async def test_where_it_is_logged_it_is_answered_and_told_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with asking(answering_each(None), settings(folder, "log")) as gateway:
        for _ in range(2):
            assert await answer(gateway, query="{ __typename }") == {"data": {"__typename": "Query"}}
            assert await answer(gateway, query=RELAY) == {"data": {"r": "Query"}}
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith("a document that is not trusted, sha256 ")
    assert said.endswith("was sent by 'unnamed'")


async def test_where_it_is_off_ids_are_found_all_the_same(folder: Path) -> None:
    async with asking(answering_each(None), settings(folder)) as gateway:
        assert await answer(gateway, query="{ __typename }") == {"data": {"__typename": "Query"}}
        assert await answer(gateway, documentId="r1") == {"data": {"r": "Query"}}
    async with asking(answering_each(None)) as gateway:
        assert (await answer(gateway, documentId="r1"))["errors"][0]["message"].startswith(
            "there is no trusted document 'r1'"
        )


def test_manifests_are_read_again_when_they_change_and_a_broken_one_changes_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trusted = TrustedDocuments(folder)
    trusted.look()
    (folder / "more.json").write_text(json.dumps({"m1": "{ m }"}))
    trusted.look()
    assert trusted.document("m1") == "{ m }"
    (folder / "more.json").write_text("{")
    trusted.look()
    trusted.look()
    assert trusted.document("m1") == "{ m }"
    (folder / "more.json").unlink()
    trusted.look()
    assert trusted.document("m1") is None
    said = [(record.levelname, record.getMessage()[:34]) for record in caplog.records]
    assert said == [
        ("INFO", "4 trusted documents were read"),
        ("ERROR", "trusted documents stay as they wer"),
        ("INFO", "3 trusted documents were read"),
    ]


async def test_a_server_follows_its_manifests(folder: Path) -> None:
    quick = settings(folder, "enforce").model_copy(update={"reload_seconds": 0.05})
    async with asking(answering_each(None), quick) as gateway:
        (folder / "more.json").write_text(json.dumps({"m1": "{ m: __typename }"}))
        for _ in range(500):
            found = await answer(gateway, documentId="m1")
            if "errors" not in found:
                break
            await asyncio.sleep(0.02)
    assert found == {"data": {"m": "Query"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "it must be a manifest of Relay or GraphQL Codegen"),
        ('{"a": 1}', "the document 'a' is no text with an id"),
        ('{"a": " "}', "the document 'a' is no text with an id"),
        ('{"r1": "{ other }"}', "has another document 'r1' than a manifest before it"),
        (json.dumps(APOLLO_MANIFEST | {"version": 2}), "it must be a manifest of Relay or GraphQL Codegen"),
        (json.dumps(APOLLO_MANIFEST | {"operations": {}}), "it must be a manifest of Relay or GraphQL Codegen"),
        (json.dumps(APOLLO_MANIFEST | {"operations": [1]}), "every operation must be an object with `id` and `body`"),
        (json.dumps(APOLLO_MANIFEST | {"operations": [{"id": "x"}]}), "the document 'x' is no text with an id"),
    ],
)
def test_a_broken_manifest_is_named_with_what_is_wrong(folder: Path, content: str, said: str) -> None:
    (folder / "z.json").write_text(content)
    with pytest.raises(BrokenManifest, match=r"z\.json") as refused:
        read_manifests(folder)
    assert said in str(refused.value)


def test_a_gateway_without_the_manifests_that_it_needs_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    for wrong, said in (
        (Settings(trusted_documents="log"), "GATEWAY_TRUSTED_DOCUMENTS_DIR is not set"),
        (settings(tmp_path / "nowhere"), "nowhere cannot be read: No such file or directory"),
        (settings(tmp_path), "folder.json cannot be read: Is a directory"),
    ):
        with pytest.raises(SettingsError, match=said):
            trusted_documents(wrong)
    (tmp_path / "folder.json").rmdir()
    with pytest.raises(SettingsError, match="has no manifest"):
        trusted_documents(settings(tmp_path))


def test_what_was_told_long_ago_is_told_again() -> None:
    told = ToldOnce(most=2)
    assert [told.is_new(name) for name in ("a", "b", "a", "c", "b")] == [True, True, False, True, True]
