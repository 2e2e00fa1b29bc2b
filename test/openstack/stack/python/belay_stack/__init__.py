"""The ends of the test stack: what stands where a real OpenStack has disks and cables."""
