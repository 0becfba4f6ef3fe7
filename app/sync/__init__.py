"""The phones' door: what they send is kept, judged and folded; what their team needs is pulled."""
