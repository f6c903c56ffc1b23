"""What happens in the register: tenants enter, graduate and leave; enterprises and carriers gain recognition."""
