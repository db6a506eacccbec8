"""Kafka itself: clusters, clients and the hops they are seen to make. Plain Python; the only importer of the client."""
