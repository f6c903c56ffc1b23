"""Papers: a text with tables and charts, built once and written as a page, as Word and as PDF."""
