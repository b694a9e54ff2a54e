"""What a person is told of this machine's clock."""


def decir(sincronizado: bool | None) -> str:  # noqa: FBT001 — the very answer of `clock.synchronised`
    """Return it in Spanish; anything but the first is to be mended before the day (E5)."""
    match sincronizado:
        case True:
            return "sincronizado"
        case False:
            return "SIN SINCRONIZAR: revise NTP (salida por UDP 123) antes de la jornada"
        case None:
            return "no se pudo saber si está sincronizado: revise NTP"
