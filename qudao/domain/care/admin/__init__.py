"""Back-office screens: contacts, complaints, desks and appointments, who waits for a person."""

from qudao.domain.care.admin import agents, appointments, complaints, interactions

__all__ = ["agents", "appointments", "complaints", "interactions"]
