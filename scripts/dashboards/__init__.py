"""Dashboards: pages declared in `dashboards/`, written as files that open without a server."""
