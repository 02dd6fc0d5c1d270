"""From events to state: rates, histories, grades, issues, diagnoses and summaries; pure, and told the time."""
