"""Back-office screens: customers, dossiers, the blacklist. Personal data is masked."""

from qudao.domain.customer.admin import blacklist, customers, dossiers

__all__ = ["blacklist", "customers", "dossiers"]
