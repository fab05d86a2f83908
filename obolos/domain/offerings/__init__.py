"""What a municipality sells on its pages: tickets of events (εισιτήρια) and priced certificates (πιστοποιητικά)."""
