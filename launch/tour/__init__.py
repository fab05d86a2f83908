"""`make tour`: drive a running demo over HTTP as people, banks and DIAS do, tell the story, and prove the books."""
