"""Questions about calls: columns, filters, views, and how numbers are written."""
