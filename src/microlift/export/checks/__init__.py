"""What validators of files share, whatever the platform: reading, faults, an upload's frame."""
