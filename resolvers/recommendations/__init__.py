"""Recommendations: who fits a job, which job fits a talent, what is like another, and why."""
