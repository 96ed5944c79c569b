from tests.boss_process import boss, boss_process

__all__ = ["boss", "boss_process"]
