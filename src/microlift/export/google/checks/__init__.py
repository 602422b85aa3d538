"""Validators of files for Google Ads, wherever these were made: they judge, and never raise."""
