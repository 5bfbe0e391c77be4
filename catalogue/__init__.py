"""What is stored, who may see it, what was done? Documents, grants, jobs, audit, locks in SQL."""
