"""One contract for every store: the same tests over the embedded store and Milvus."""
