"""The one percentage of the house (R50–R57): four decimals, truncated, by integer arithmetic."""


def porcentaje(numerador: int, denominador: int) -> str:
    """Return `numerador / denominador · 100` with four decimals, the fourth truncated (R50).

    A denominator of zero gives ``0.0000`` (R34, Q9). Both are counts, so negative values are a
    programming error and raise ValueError.
    """
    if numerador < 0 or denominador < 0:
        raise ValueError(f"un conteo no puede ser negativo: {numerador}/{denominador}")
    if denominador == 0:
        return "0.0000"
    entero, fraccion = divmod(numerador * 10**6 // denominador, 10**4)
    return f"{entero}.{fraccion:04d}"
