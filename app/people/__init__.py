"""The door by which people and devices come in: enrolment codes, devices, staff, keys."""
