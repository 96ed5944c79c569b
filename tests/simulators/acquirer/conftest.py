from tests.acquirer_process import acquirer, acquirer_process

__all__ = ["acquirer", "acquirer_process"]
