"""The public site, pure: corte → pages, same corte, same bytes (decisions §8, §12). Needs `pregon[origen]`."""
