"""Who did what when (εγγραφή ιχνηλάτησης), and the funnel: both append-only."""
