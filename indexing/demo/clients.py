"""Clients of the demo catalog, in blocks together with the jobs they post."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from random import Random

from indexing.demo.draws import Lottery, Record, chance, days, instant, near, stream
from indexing.demo.vocabulary import Business, Country, Vocabulary

CLIENTS_A_BLOCK = 20
JOBS_A_BLOCK = 120


@dataclass(frozen=True, slots=True)
class Client:
    """A client's feed record and what its jobs need to know about it."""

    record: Record
    business: Business
    country: Country
    member_days: int


@dataclass(frozen=True, slots=True)
class Block:
    """`posters` says for each job of the block which of its clients posts it."""

    clients: list[Client]
    posters: list[int]


def client_records(vocabulary: Vocabulary, seed: int, jobs: int, present: datetime) -> Iterator[Record]:
    """The clients of so many jobs: whole blocks, and one block even when there are no jobs."""
    blocks = max(1, math.ceil(jobs / JOBS_A_BLOCK))
    return (
        client.record for block in islice(client_blocks(vocabulary, seed, present), blocks) for client in block.clients
    )


def client_blocks(vocabulary: Vocabulary, seed: int, present: datetime) -> Iterator[Block]:
    """Endless blocks. Jobs and clients both walk them, so neither has to be kept in memory for the other."""
    rng = stream(seed, "clients")
    countries = Lottery((country, country.clients) for country in vocabulary.countries)
    for start in count(step=CLIENTS_A_BLOCK):
        # Exponential weights: a few clients post often, most of them seldom.
        activity = [rng.expovariate(1) for _ in range(CLIENTS_A_BLOCK)]
        posters = rng.choices(range(CLIENTS_A_BLOCK), activity, k=JOBS_A_BLOCK)
        clients = [
            _client(vocabulary, rng, start + place, countries.draw(rng), posters.count(place), present)
            for place in range(CLIENTS_A_BLOCK)
        ]
        yield Block(clients, posters)


def _client(
    vocabulary: Vocabulary, rng: Random, number: int, country: Country, posts: int, present: datetime
) -> Client:
    business = rng.choice(vocabulary.businesses)
    names = vocabulary.phrases["clients"]
    member_days = days(rng, mean=900, fewest=3)
    record: Record = {
        "id": f"client_{number:06d}",
        "name": f"{rng.choice(names['firsts'])} {rng.choice(names['seconds'])} {rng.choice(business.names)}",
        "country": country.code,
        "timezone": rng.choice(country.zones),
        "memberSince": instant(present, member_days * 24 * 60),
        **_history(rng, country, member_days, posts),
    }
    return Client(record, business, country, member_days)


def _history(rng: Random, country: Country, member_days: int, posts: int) -> Record:
    """Past jobs grow with membership; hires, money spent and reviews follow from them."""
    earlier = int(near(rng, member_days / 100, 0.9))
    hires = int(earlier * rng.uniform(0.2, 0.95))
    reviews = int(hires * rng.uniform(0.4, 0.95))
    return {
        "totalJobsPosted": max(1, earlier + posts),
        "totalHires": hires,
        "totalSpent": round(hires * near(rng, 900 * country.rate, 0.8), 2),
        "reviewCount": reviews,
        "rating": round(5 - min(2.2, rng.expovariate(3)), 2) if reviews else None,
        "paymentVerified": hires > 0 or chance(rng, 0.55),
    }
