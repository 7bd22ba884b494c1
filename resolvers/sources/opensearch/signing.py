"""Requests signed for Amazon OpenSearch Service (SigV4)."""

from typing import Any

from opensearchpy import AWSV4SignerAsyncAuth, Urllib3AWSV4SignerAuth

from resolvers.errors import SourceUnavailable

try:
    import boto3
except ImportError:  # an extra of the project: few clusters need it
    boto3 = None


def signed(region: str | None, *, is_async: bool) -> dict[str, Any]:
    """What a client is made with to sign its requests; nothing without a region. Raises SourceUnavailable."""
    if region is None:
        return {}
    if boto3 is None:
        raise SourceUnavailable("GATEWAY_OPENSEARCH_AWS_REGION needs boto3: install discovery-gateway[aws]")
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise SourceUnavailable("GATEWAY_OPENSEARCH_AWS_REGION is set, and boto3 finds no AWS credentials")
    signer = AWSV4SignerAsyncAuth if is_async else Urllib3AWSV4SignerAuth
    return {"http_auth": signer(credentials, region)}
