"""Where banks and DIAS reach us. No session, no cookie, no power: only what is signed or proven counts."""
