"""Who is in which arm.

By a hash, so that nothing has to be kept and every server says the same (Kohavi, Tang and Xu, "Trustworthy Online
Controlled Experiments", Cambridge University Press 2020, chapter 4). The experiment's name is a part of what is hashed,
so that experiments are independent of one another. Whether somebody takes part is another hash than in which arm, so
that nobody changes the arm when more take part.
"""

from hashlib import blake2b

from resolvers.experiments.experiment import Arm, Experiment

HASH_BYTES = 8
SPAN = float(2 ** (8 * HASH_BYTES))


def bucket(salt: str, unit: str) -> float:
    """A number from 0 up to 1, evenly spread over units, and independent for different salts."""
    digest = blake2b(f"{salt}\0{unit}".encode(errors="surrogatepass"), digest_size=HASH_BYTES).digest()
    return int.from_bytes(digest) / SPAN


def arm_of(experiment: Experiment, unit: str) -> Arm | None:
    """The arm that a unit is in; None for one that does not take part."""
    if bucket(f"{experiment.name}\0traffic", unit) >= experiment.traffic:
        return None
    place = bucket(f"{experiment.name}\0arm", unit)
    *others, last = experiment.arms
    for arm in others:
        place -= arm.share
        if place < 0:
            return arm
    # Also where the shares add up to a hair less than 1.
    return last
