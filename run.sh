#!/bin/bash
echo 19 > /proc/self/autogroup
exec ./import -runs=1000000 -max_len=$1 -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=2048 -artifact_prefix=find/ -print_final_stats=1 corpus seeds
