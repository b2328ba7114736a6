// Whoever comes by a link to a page is brought there after signing in.
const link = document.getElementById('sign-in');
if (link && location.hash) link.href += `?to=${encodeURIComponent(location.hash)}`;
