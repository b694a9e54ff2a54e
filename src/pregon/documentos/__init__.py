"""One structure of headings, paragraphs and tables → Markdown: acta, memoria, evidence. Pure."""
