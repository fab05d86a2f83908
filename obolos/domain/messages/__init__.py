"""Message (ειδοποίηση): what we wrote to whom by e-mail or SMS. Never sends anything itself."""
