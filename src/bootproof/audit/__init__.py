"""The loop from failure to start, the proof, conservation. Hands rules their facts; knows no single rule and no format."""
