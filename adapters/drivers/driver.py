"""What every vendor's driver offers."""

from typing import Protocol

from domain.listing import Listing
from domain.secret import Secret


class ListingDriver(Protocol):
    """Asks one vendor for its models."""

    async def list_models(self, key: Secret) -> Listing:
        """The whole listing, to its last page, as the vendor gives it to this key.

        An empty listing is returned as such: what it means is the domain's to say.

        Raises:
            domain.listing.ListingError: the key was rejected, or no listing could be had or believed.
        """
        ...
