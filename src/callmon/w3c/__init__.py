"""The browser's words: getStats reports, candidates and the dumps that hold them."""
